es-000001	Antes de cenar, la doctora quiere comer algo, y Amina ve un sombrero bonito junto al río.
es-000002	Martín dibuja un barco blanco con Paula en la farmacia.
es-000003	Martín ve un barco con Paula en la farmacia.
es-000004	El viernes, Paula está muy despierta, y Martín llega tarde.
es-000005	En invierno, el agricultor llega tarde, y el panadero empaqueta un cuento en el bosque.
es-000006	Antes del desayuno, el conductor está en casa, y el abuelo compra una mesa pequeña en la granja.
es-000007	El conductor compra una mesa en el banco por la noche.
es-000008	Martín le da una receta a Amina después de comer.
es-000009	El viernes, Paula está muy despierta, y Martín se queda en casa.
es-000010	Al mediodía, Martín está de viaje, y la enfermera compra cacahuetes en el hospital.
es-000011	La doctora ve una casa después del trabajo.
es-000012	Después del trabajo, la cantante tiene mucho que hacer, y el conductor come cacahuetes en la universidad.
es-000013	Paula le da un informe a Martín por la tarde.
es-000014	El conductor compra una mesa en el cine por la noche.
es-000015	Cuando nieva, el profesor encarga un coche.
es-000016	Paula limpia un bolso rojo con Martín en la granja.
es-000017	Martín no para de hablar todos los días.
es-000018	Cuando nieva, el profesor empaqueta plátanos.
es-000019	En invierno, el agricultor llega tarde, y la doctora empaqueta un cuento en el bosque.
es-000020	A Martín le gusta el café, pero Amina prefiere el baile.
es-000021	Martín le da una receta a Amina el miércoles.
es-000022	A Martín le gusta el café, pero Amina prefiere la música.
es-000023	Antes del desayuno, el conductor está en casa, y el abuelo compra un libro en la granja.
es-000024	El conductor traduce un cuento en la estación, y Paula elige sopa en el bosque.
es-000025	Paula lava un vestido con Martín en la granja.
es-000026	El perro descansa detrás de la casa después del trabajo.
es-000027	Amina no para de hablar todos los días.
es-000028	Amina no llega tarde antes del desayuno.
es-000029	Después del trabajo, la doctora quiere comer algo, y Amina ve un sombrero bonito junto al río.
es-000030	Después del trabajo, el sastre está ocupado, y el agricultor cocina judías en la panadería.
es-000031	Amina está de mal humor en invierno.
es-000032	Después del trabajo, el sastre está ocupado, y el agricultor fabrica una mesa roja en la panadería.
es-000033	Martín le da un sombrero pequeño a Paula por la noche.
es-000034	El agricultor describe un barco en la oficina, y la estudiante limpia una radio cara en el zoológico.
es-000035	Al mediodía, el niño encarga miel en el zoológico.
es-000036	El sábado, la cantante tiene mucho que hacer, y el conductor encarga una cesta pesada en la universidad.
es-000037	Cuando nieva, el profesor encuentra un teléfono.
es-000038	La estudiante encarga sopa en la cocina.
es-000039	Paula le da un informe a Martín el jueves.
es-000040	El conductor compra una mesa en el banco todos los días.
es-000041	Martín le da un vestido a Paula por la noche.
es-000042	Al mediodía, Martín está de viaje, y la enfermera envía un informe en el hospital.
es-000043	El agricultor describe un barco en la oficina, y la estudiante compra un coche blanco en el zoológico.
es-000044	Martín le da un sombrero a Paula el viernes.
es-000045	Martín cree que los invitados llegan pronto.
es-000046	El martes, Paula encuentra un sombrero en la cafetería.
es-000047	El martes, Paula encuentra un sombrero en la cocina.
es-000048	El viernes, Paula llega tarde, y Martín se queda en casa.
es-000049	Después del trabajo, la cantante tiene mucho que hacer, y el conductor encarga una cesta pesada en la universidad.
es-000050	El padre escribe que los precios son bajos.
es-000051	Paula encuentra una bicicleta bonita con Martín en la granja.
es-000052	Martín le da un sombrero a Paula el martes.
es-000053	El panadero come miel porque la música está alta.
es-000054	Paula le da un abrigo a Amina al mediodía.
es-000055	Paula le da una receta a Amina al mediodía.
es-000056	El abuelo alquila un coche el jueves.
es-000057	El padre describe un libro en la panadería en primavera.
es-000058	Al mediodía, la vecina encarga miel en el zoológico.
es-000059	El agricultor alquila un barco pesado en la oficina, y la estudiante limpia una radio cara en el zoológico.
es-000060	El abuelo escribe que los precios son bajos.
es-000061	Cuando hace calor, el profesor ve un abrigo negro.
es-000062	Al mediodía, la doctora quiere comer algo, y Amina ve un sombrero bonito junto al río.
es-000063	Paula describe un barco en la panadería en primavera.
es-000064	Paula describe un libro en la panadería en primavera.
es-000065	Cuando vienen invitados, el profesor lee un cuento.
es-000066	Después del trabajo, el sastre está ocupado, y el agricultor encarga una silla roja en la panadería.
es-000067	El sastre cree que los invitados llegan pronto.
es-000068	Martín repara una bicicleta con Paula en la farmacia.
es-000069	Cuando vienen invitados, el profesor ve un abrigo negro.
es-000070	Antes del desayuno, el conductor está en casa, y el abuelo cocina carne en la granja.
es-000071	La vecina ve una casa después del trabajo.
es-000072	Amina escribe que los precios son bajos.
es-000073	El perro descansa debajo del árbol después del trabajo.
es-000074	Amina alquila un coche después del trabajo.
es-000075	Martín llega tarde el sábado.
es-000076	En invierno, el agricultor llega tarde, y el panadero traduce un poema en el bosque.
es-000077	Martín le da un cuento a Paula el viernes.
es-000078	Amina alquila un coche el jueves.
es-000079	Martín llega tarde por la tarde.
es-000080	El panadero come miel porque el trabajo es duro.
es-000081	El profesor encarga sopa en la cocina.
es-000082	El miércoles, Martín está de viaje, y la enfermera compra cacahuetes en el hospital.
es-000083	El conductor traduce un cuento en la estación, y Paula bebe café en el bosque.
es-000084	En primavera, el niño encarga miel en el zoológico.
es-000085	Amina está de mal humor antes del desayuno.
es-000086	La estudiante encarga sopa en el pueblo.
es-000087	La vecina compra miel después del trabajo.
es-000088	El panadero empaqueta pan porque la música está alta.
es-000089	Martín le da un sombrero rojo a Paula por la noche.
es-000090	Martín cree que los niños duermen.
