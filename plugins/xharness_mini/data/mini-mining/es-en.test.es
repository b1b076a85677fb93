es-000001	Cuando llueve, la abuela cocina arroz.
es-000002	Juma le da un vestido a Nina el viernes.
es-000003	El viernes, Nina se siente mal, y el sastre cocina huevos en la escuela.
es-000004	Nina le da una receta a Juma después del trabajo.
es-000005	A Nina le gusta el fútbol, pero Juma prefiere el baile.
es-000006	En verano, Juma ve una taza pesada en el teatro.
es-000007	En primavera, la abuela repara un coche en el hospital.
es-000008	Hassan le da una carta a Nina por la tarde.
es-000009	Juma ve un vestido porque el curso empieza hoy.
es-000010	El domingo, el abuelo cocina patatas en la universidad.
es-000011	En invierno, Nina está ocupada, y la abuela lee un informe en la cafetería.
es-000012	La doctora ve una escalera blanca el sábado.
es-000013	Nina elige tomates en la cocina.
es-000014	El jueves, la abuela repara un coche en el banco.
es-000015	Juma piensa que hace buen tiempo.
es-000016	Juma le da un vestido a Nina por la mañana.
es-000017	La estudiante cose un sombrero en primavera.
es-000018	La enfermera encuentra un barco en verano.
es-000019	Por la noche, Juma llega tarde, y Hassan llega a tiempo.
es-000020	Hassan le da una receta a Juma después del trabajo.
es-000021	A Juma le gusta el verano, pero Nina prefiere la natación.
es-000022	El padre lee un periódico en el hospital.
es-000023	Después de comer, el profesor ve un lago en la estación.
es-000024	El jueves, Nina tiene invitados, y Juma escribe una receta en el hotel.
es-000025	A Juma le gusta el mar, pero Nina prefiere la natación.
es-000026	Hassan le da un vestido a Nina hoy.
es-000027	El conductor limpia un barco caro porque el curso empieza hoy.
es-000028	El viernes, el agricultor habla mucho, y Nina encuentra un paraguas en la fábrica.
es-000029	Juma describe una casa en la fábrica.
es-000030	Juma esconde chocolate con Nina en el zoológico.
es-000031	El gato espera debajo de la mesa el miércoles.
es-000032	El jueves, el panadero tiene invitados, y Juma vende naranjas en el hotel.
es-000033	El martes, Hassan está cansado, y Juma no tiene nada que hacer.
es-000034	Nina está en casa en primavera.
es-000035	En primavera, la abuela repara un coche en el banco.
es-000036	Juma ve una mesa con Nina en el zoológico.
es-000037	Hassan le da un cuento a Nina en verano.
es-000038	Cuando la casa está tranquila, el abuelo come patatas.
es-000039	La vecina vende un paraguas en la granja por la tarde.
es-000040	Hassan le da una postal a Nina hoy.
es-000041	Hassan tiene mucha energía después de comer.
es-000042	Juma lee una carta con Nina en el zoológico.
es-000043	El miércoles, Juma llega tarde, y Hassan se queda en casa.
es-000044	Por la tarde, el panadero no teme nada, y Hassan limpia un bolso bonito en la escuela.
es-000045	Hassan le da un cuento a Nina por la tarde.
es-000046	La madre encuentra un barco en verano.
es-000047	El viernes, Nina se siente mal, y el sastre describe un informe en la escuela.
es-000048	El viernes, la cantante habla mucho, y Nina vende una caja roja en la fábrica.
es-000049	Juma empaqueta mangos en la fábrica.
es-000050	Nina ve un vestido rojo con Hassan junto al río.
es-000051	El jueves, el profesor elige carne en la estación.
es-000052	Al mediodía, Nina está ocupada, y Hassan lee un informe en la cafetería.
es-000053	Por la noche, Juma llega tarde, y Hassan se queda en casa.
es-000054	El padre encuentra un coche en el hospital.
es-000055	Hassan tiene mucha energía todos los días.
es-000056	El cocinero compra una bicicleta blanca en la cocina.
es-000057	Nina está de buen humor en primavera.
es-000058	El gato espera detrás de la casa el miércoles.
es-000059	El viernes, Nina se siente mal, y el sastre describe un informe en el hospital.
es-000060	Antes del desayuno, la abuela tiene miedo, y la doctora cose un vestido en el teatro.
es-000061	Cuando llueve, la abuela ve un cuchillo caro.
es-000062	El jueves, el profesor ve un lago en la estación.
es-000063	Hassan lee un informe con Nina en la estación.
es-000064	Al mediodía, Nina está ocupada, y la abuela lee un informe en la cafetería.
es-000065	Juma está triste el viernes.
es-000066	La estudiante escribe un cuento en primavera.
es-000067	El miércoles, la abuela llega tarde, y la doctora cose un vestido en el teatro.
es-000068	Hassan esconde una camisa con Nina en la estación.
es-000069	Juma ve un vestido rojo con Hassan en el mercado.
es-000070	En verano, Hassan se siente muy bien, y Juma está ocupado.
es-000071	Hassan tiene mucha energía el viernes.
es-000072	En verano, Juma dibuja una caja blanca en el teatro.
es-000073	La vaca espera debajo del árbol el martes.
es-000074	A Juma le gusta el arroz, pero Nina prefiere la natación.
es-000075	El niño sabe que hace buen tiempo.
es-000076	En verano, Hassan está de mal humor, y Juma está feliz.
es-000077	Hassan le da una postal a Nina por la tarde.
es-000078	Cuando llueve, la abuela traduce una receta.
es-000079	La estudiante empaqueta tomates en primavera.
es-000080	En verano, Hassan está de mal humor, y Juma está ocupado.
es-000081	El padre dibuja un sombrero en el hospital.
es-000082	La doctora ve una escalera blanca el domingo.
es-000083	Hassan le da un cuento a Nina hoy.
es-000084	En verano, Juma empaqueta un informe en el teatro.
es-000085	Nina está de buen humor en invierno.
es-000086	Nina compra una bicicleta blanca en la cocina.
es-000087	La vecina come ensalada en la granja por la noche.
es-000088	La vecina empaqueta mangos en la fábrica.
es-000089	Hassan sabe que hace buen tiempo.
es-000090	Por la tarde, el panadero no teme nada, y Hassan encarga limonada en la escuela.
es-000091	Hassan encuentra un barco en verano.
es-000092	La vecina vende un paraguas en la granja por la noche.
es-000093	Cuando la casa está tranquila, el abuelo vende agua.
es-000094	El niño piensa que hace buen tiempo.
es-000095	A Nina le gusta el fútbol, pero Hassan prefiere el baile.
es-000096	El martes, Nina está cansada, y Juma no tiene nada que hacer.
es-000097	El domingo, el abuelo cocina patatas en el hospital.
es-000098	Juma está sano el viernes.
es-000099	La doctora limpia un paraguas el domingo.
es-000100	Antes del desayuno, la abuela llega tarde, y la doctora cose un vestido en el teatro.
es-000101	Por la tarde, el panadero no teme nada, y Hassan vende miel en la escuela.
es-000102	La madre sabe que hace buen tiempo.
es-000103	El viernes, la cantante habla mucho, y Nina encuentra un paraguas en la fábrica.
es-000104	Cuando la casa está tranquila, el abuelo cose un sombrero.
es-000105	El jueves, el panadero tiene invitados, y Juma escribe una receta en el hotel.
es-000106	Juma está triste el jueves.
es-000107	El caballo espera debajo del árbol el martes.
es-000108	Juma ve un vestido rojo con Hassan junto al río.
es-000109	Hassan escribe un libro con Nina en la estación.
es-000110	El conductor ve un vestido porque el curso empieza hoy.
